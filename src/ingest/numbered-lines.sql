SELECT pair.1 AS line, pair.2 AS line_number
FROM (SELECT arrayJoin(arrayZip({previewLines:Array(String)}, arrayEnumerate({previewLines:Array(String)}))) AS pair)
