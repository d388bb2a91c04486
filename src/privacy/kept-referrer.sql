-- A referrer without user, password and fragment, and with only the kept part of its query.
concat(
    substringIndex(
        if(position(substringIndex(referrer, '#', 1) AS page, '@') = 0, page,
            replaceRegexpOne(page, '^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?\\\\]*@', '\\1//')) AS userless,
        '?', 1),
    if((position(userless, '?') AS query_start) = 0, '', if((/*query*/ AS referrer_query) = '', '', concat('?', referrer_query))))
