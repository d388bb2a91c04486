INSERT INTO schema_version VALUES ({version:UInt32})
