import { setFlagsFromString } from "node:v8";

/**
 * V8 without its optimizing compilers: a tenth less memory for a program that sleeps; TLS is native code either way. Set
 * here, before anything else is loaded, and not on the unit's command line: a Node that knows the flag no more would not
 * start there, and this one only says so.
 */
setFlagsFromString("--lite-mode");
