/**
 * Takes away the look after a second that repairs a lost wake-up: with it a test that waits for seconds could not fail for
 * one. For the thread that imports this, and its wait threads; a Worker that is to be terminated needs it.
 */
import { setSafetyLook } from '../../src/os/wait-thread/safety-look.js';

setSafetyLook(600_000);
