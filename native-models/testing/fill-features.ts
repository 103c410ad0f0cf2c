/** A process that adds rows to a feature cache until it is killed, and says which. Arguments: folder, limit in bytes, first photo. */
import { FeatureStore } from '../cache/feature-store.ts';
import { photoHash, photoValues, STORED } from './stored-features.ts';

const [folder = '', limit = '0', first = '0'] = process.argv.slice(2);
const store = new FeatureStore({ folder, limitBytes: Number(limit), tensors: STORED });
for (let photo = Number(first); ; photo++) {
  store.keep(photoHash(photo), photoValues(photo), 1000);
  process.stdout.write(`${photo}\n`);
}
