SELECT reason, sum(lines) AS lines FROM rejected WHERE load_id = {loadId:UInt64} GROUP BY reason
