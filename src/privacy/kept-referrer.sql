-- A referrer without user and password, without fragment, and with what is kept of its query.
concat(
    substringIndex(
        if(position(substringIndex(referrer, '#', 1) AS page, '@') = 0, page,
            replaceRegexpOne(page, '^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?\\\\]*@', '\\1//')) AS userless,
        '?', 1),
    if((position(userless, '?') AS query_start) = 0, '', if((/*query*/ AS referrer_query) = '', '', concat('?', referrer_query))))
