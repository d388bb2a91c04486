-- True if a very long line holds many requests, whose line ends were lost; one request alone may be long, too. Servers
-- escape quotes, tabs and carriage returns in what a client sends: many of them are of many lines. Within JSON a client's
-- quote has a backslash before it, so that no object begins behind another.
multiIf(
    position(trimRight(line, '\r'), '\r') > 0, 1,
    startsWith(trimLeft(line), '{'), match(line, '\\}\\s*\\{"'),
    countMatches(line, '[^\\\\]"') > 100 OR countSubstrings(line, '\t') > 200
    -- Servers that write neither have blanks between fields, and none within.
    OR position(line, '"') = 0 AND position(line, '\t') = 0 AND countSubstrings(line, ' ') NOT BETWEEN 4 AND 200)
