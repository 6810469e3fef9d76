/** Looks again and again whether it can have all of an event, a mutex, and an event that is never set, until it is killed. */
import {
  EVENT_ALL_ACCESS,
  MUTEX_ALL_ACCESS,
  openEvent,
  openMutex,
  waitForMultipleObjects,
} from '../../src/os/index.js';

const [stem = ''] = process.argv.slice(2);
const event = openEvent(EVENT_ALL_ACCESS, false, `${stem}-event`);
const mutex = openMutex(MUTEX_ALL_ACCESS, false, `${stem}-mutex`);
const never = openEvent(EVENT_ALL_ACCESS, false, `${stem}-never`);

process.send?.('ready', () => {
  process.on('disconnect', () => process.exit());
  const look = () => {
    for (let looks = 0; looks < 1000; looks++) waitForMultipleObjects([event, mutex, never], true, 0);
    setImmediate(look);
  };
  look();
});
