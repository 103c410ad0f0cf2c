/** Icons lie at hand, as in the built page; without them the icon library would ask a server for each. */
import lucide from '@iconify-json/lucide/icons.json';

Object.assign(globalThis, { IconifyPreload: lucide });
