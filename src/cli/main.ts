#!/usr/bin/env node
/** The `perdure` command. */
import { run } from './cli.js';
import { endOnOutputError } from './output.js';

endOnOutputError();
process.exitCode = await run(process.argv.slice(2));
