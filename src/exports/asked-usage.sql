-- Rows of usage, or of its kept copies, in a task's range, domains and service area.
bucket >= toDateTime({from:Int64}, 'UTC') AND bucket < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)} AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
