/** The entry of the wait thread: `#wait-thread` in package.json. */
if (process.platform === 'win32') (await import('../windows/wait-loop.js')).serveWaits();
else (await import('../posix/wait-loop.js')).serveWaits();

export {};
