/** What main.ts needs before it loads anything else. The build puts all of it into one file: each takes a millisecond to find. */
import "./controller/begun.ts";
