#!/usr/bin/env node
/** The `perdure` command. */
import { run } from './cli.js';
import { endQuietlyOnClosedPipe } from './output.js';

endQuietlyOnClosedPipe();
process.exitCode = await run(process.argv.slice(2));
