import { startShell } from './shell.ts';

// Not awaited: Electron gets ready only when this module has been evaluated.
void startShell();
