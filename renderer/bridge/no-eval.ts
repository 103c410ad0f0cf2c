/** Imported before every schema: zod would try whether code may be made from strings, and this page's rules forbid it. */
import { config } from 'zod';

config({ jitless: true });
