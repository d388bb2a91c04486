SELECT sum(requests) AS requests FROM usage WHERE load_id = {newId:UInt64}
