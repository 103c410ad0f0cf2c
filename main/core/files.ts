/** The ports of the disk over the functions that serve them. */
import type { BackboneFiles, PackFiles, PhotoFiles, Tables } from '#app/ports/files.ts';
import { embeddedBackbonePath, embeddedCard, importBackbone, inspectBackbone } from '../files/backbones/import.ts';
import { readPack, readTrained, writePack } from '../files/packs/pack-files.ts';
import { hashFiles } from '../files/photos/hash.ts';
import { folderIdentity, isFolder, scanPhotos } from '../files/photos/scan.ts';
import { csvLine, writeCsv } from '../files/tables/csv.ts';
import { readLabelTable } from '../files/tables/label-table.ts';

export const photoFiles: PhotoFiles = {
  isFolder,
  identity: folderIdentity,
  scan: scanPhotos,
  hash: hashFiles,
};
export const tables: Tables = { readLabels: readLabelTable, writeCsv, csvLine };
export const packFiles: PackFiles = { read: readPack, write: writePack, readTrained };

/** `folder`: where the profile keeps backbones. */
export function backboneFiles(folder: string): BackboneFiles {
  return {
    embedded: embeddedBackbonePath(),
    embeddedCard,
    inspect: inspectBackbone,
    import: (source, hints, work) => importBackbone(source, folder, hints, work),
  };
}
