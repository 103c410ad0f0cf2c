/**
 * Everything the interface can ask of the core: one router, served over a MessagePort in the desktop app and over a
 * WebSocket in the browser. Inputs are checked against their schemas at the core's end. Procedures throw AppErrors, which
 * cross the wire whole (`app/contract/wire-error.ts`).
 *
 * Pixels and files go beside it, over HTTP or the desktop's own protocol, at the same addresses:
 *   GET  /media/thumb/{photo}?h={hash}       256-pixel JPEG, the photo as viewed
 *   GET  /media/thumbs?of={photo}-{hash},...  up to 64 of these in one answer, a data URL a line; an empty one where it is
 *                                            to be asked for by itself
 *   GET  /media/photo/{photo}?h={hash}       the photo as a browser can show it, whole
 *   GET  /media/found/{found}/{index}        a picture of a folder that a pack was applied to (`?thumb` for a small one)
 *   GET  /media/pack/{pack}                  the pack's file, as a download
 *   GET  /media/onnx/{pack}                  the ONNX file that `packs.exportOnnx` wrote, as a download
 *   POST /upload                             bytes (up to 64 MB) -> {"upload": "..."}, kept for an hour
 */
import { archives } from './archives.ts';
import { backbones } from './backbones.ts';
import { backups } from './backups.ts';
import { events } from './events.ts';
import { files } from './files.ts';
import { classes, labels } from './labels.ts';
import { library } from './library.ts';
import { packs } from './packs.ts';
import { projects } from './projects.ts';
import { runs, splits } from './runs.ts';
import { settings } from './settings.ts';
import { tasks } from './tasks.ts';

export const contract = {
  projects,
  library,
  labels,
  classes,
  splits,
  runs,
  packs,
  backbones,
  backups,
  archives,
  settings,
  files,
  tasks,
  events,
};

export type Contract = typeof contract;
