/** The program's own photo set, for who has no photos at hand. */
export { renderSamplePhotos } from '../images/sample-photos.ts';
