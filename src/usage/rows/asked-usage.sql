-- Rows of usage, or of its kept copies, in the range, domains and service area of a question.
bucket >= toDateTime({from:Int64}, 'UTC') AND bucket < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)} AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
