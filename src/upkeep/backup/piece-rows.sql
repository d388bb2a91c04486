SELECT /*columns*/
FROM /*table*/
WHERE _partition_id = {partition:String} AND /*counting*/
FORMAT Native
