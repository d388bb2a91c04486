-- Rows of usage, or of its kept copies, in the range, domains and service area of a question.
/*time*/ >= toDateTime({from:Int64}, 'UTC') AND /*time*/ < toDateTime({to:Int64}, 'UTC')
  AND /*asked_domains*/ AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
