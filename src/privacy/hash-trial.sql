SELECT ignore(/*hash*/) AS done FROM (SELECT toIPv6('2001:db8::1') AS client_ip)
