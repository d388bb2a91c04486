-- A parameter's name as a server decodes it: %74oken is token, and + is a space.
decodeURLFormComponent(substringIndex(if(startsWith(parameter, ';'), substring(parameter, 2), parameter), '=', 1))
