import type { SourceName } from './source.ts';

/** Choices as the menu shows them. */
export const sourceTitles: Readonly<Record<SourceName, string>> = {
  unlabelled: 'Photos without a label',
  everything: 'All photos',
  flagged: 'Flagged photos',
  disagreements: 'Disagreements with the model',
  uncertain: 'Most uncertain first',
  selection: 'Selected photos',
};

/** What is said where a choice has no photos. */
export const nothingIn: Readonly<Record<SourceName, { readonly title: string; readonly text: string }>> = {
  unlabelled: {
    title: 'Every photo has a label',
    text: 'Train on them, and let the result show you which labels to look at again.',
  },
  everything: { title: 'No photos yet', text: 'Add a folder of photos in the Library.' },
  flagged: { title: 'No photo is flagged', text: 'F flags the photo that you look at, to come back to it.' },
  disagreements: {
    title: 'No disagreements',
    text: 'Every label is what the model says too, as far as it was applied to these photos.',
  },
  uncertain: {
    title: 'Nothing to be uncertain of',
    text: 'The model has spoken on no photo without a label. Apply a pack to the library to see its suggestions.',
  },
  selection: { title: 'The selection is empty', text: 'Select photos in the Library, and label those.' },
};
