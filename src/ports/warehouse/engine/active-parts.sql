SELECT path, bytes_on_disk AS sizeBytes FROM system.parts WHERE active AND database = currentDatabase()
