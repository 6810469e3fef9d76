/**
 * Tells readers that what they know of their tree may not hold any more: a commit, a transaction that began or ended,
 * the end of the store. A reader compares one number, and looks again only where it differs.
 */
export class Clock {
  time = 1;
  isClosed = false;
}
