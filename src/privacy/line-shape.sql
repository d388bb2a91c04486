-- What a line that is no request looks like: nobody can say where its address and its query stand, so no letter and no digit
-- of it is kept.
replaceRegexpAll(replaceRegexpAll(replaceRegexpAll(/*line*/, '[0-9]', '0'), '[A-Z]', 'A'), '[a-z]|[^\\x00-\\x7F]', 'a')
