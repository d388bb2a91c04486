-- A parameter's name as a server understands it: %74oken is token, and + a space.
decodeURLFormComponent(substringIndex(if(startsWith(parameter, ';'), substring(parameter, 2), parameter), '=', 1))
