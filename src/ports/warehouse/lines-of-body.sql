SELECT line, rowNumberInAllBlocks() + 1 AS line_number FROM input('line String')
