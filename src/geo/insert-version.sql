INSERT INTO geo_version (version, name, sources, networks, about, loaded_at)
VALUES ({version:UInt32}, {name:String}, {sources:String}, {networks:UInt32}, {about:String}, now())
