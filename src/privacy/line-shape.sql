-- The shape of a line that is no request. Its address and query cannot be located, so no letter and no digit of the
-- line is kept.
replaceRegexpAll(replaceRegexpAll(replaceRegexpAll(/*line*/, '[0-9]', '0'), '[A-Z]', 'A'), '[a-z]|[^\\x00-\\x7F]', 'a')
