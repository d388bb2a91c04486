-- The fields of a JSON line, as text of any type. The engine computes the last argument of `if` only where it is needed:
-- a line in a legacy encoding is read as Latin-1, and mended when it still is no JSON. A garbled line is left alone.
JSONExtract(
    if(isValidJSON(line) OR NOT /*is_object*/ OR length(line) > {lineBytesMax:UInt32}, line,
        if(isValidJSON(if(isValidUTF8(line), line, convertCharset(line, 'latin1', 'utf-8')) AS as_text), as_text, /*mended_text*/)),
    /*type*/)
