-- Records a set of domains that keys of an account might deliver, unless it is recorded already.
INSERT INTO allowed_set (account_id, set_id, domain)
SELECT {accountId:String}, {setId:String}, domain
FROM (SELECT arrayJoin({domains:Array(String)}) AS domain)
WHERE {setId:String} NOT IN (SELECT set_id FROM allowed_set WHERE account_id = {accountId:String})
