/**
 * Colours offered for classes: those of Okabe and Ito, and of Tol, which are told apart with any kind of colour vision, on
 * light and on dark ground.
 */
export const classColors = [
  { color: '#e69f00', name: 'Orange' },
  { color: '#56b4e9', name: 'Sky blue' },
  { color: '#009e73', name: 'Green' },
  { color: '#f0e442', name: 'Yellow' },
  { color: '#0072b2', name: 'Blue' },
  { color: '#d55e00', name: 'Vermilion' },
  { color: '#cc79a7', name: 'Pink' },
  { color: '#882255', name: 'Wine' },
  { color: '#44aa99', name: 'Teal' },
  { color: '#999933', name: 'Olive' },
  { color: '#7f7f7f', name: 'Grey' },
  { color: '#aa4499', name: 'Purple' },
] as const;
