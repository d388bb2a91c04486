SELECT read_rows AS readRows, read_bytes AS readBytes FROM system.processes WHERE query_id = {queryId:String}
