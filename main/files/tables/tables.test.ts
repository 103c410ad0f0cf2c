import fc from 'fast-check';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import type { LabelTable } from '#app/ports/files.ts';
import { csvLine, parseCsv, writeCsv } from './csv.ts';
import { neutralise, restore } from './formulas.ts';
import { readLabelTable } from './label-table.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tables-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function read(content: string | Uint8Array, name = 'labels.csv'): Promise<LabelTable> {
  const path = join(folder, name);
  await writeFile(path, content);
  return readLabelTable(path);
}

async function problems(content: string | Uint8Array, name = 'labels.csv'): Promise<readonly string[]> {
  const error: unknown = await read(content, name).catch((thrown: unknown) => thrown);
  if (!(error instanceof AppError)) return expect.fail(`no AppError but ${JSON.stringify(error)}`);
  expect(error).toMatchObject({ code: 'labels.table', kind: 'expected', data: { path: join(folder, name) } });
  expect(error.message).toContain('nothing was changed');
  return error.data['problems'] as readonly string[];
}

const row = (
  line: number,
  fileName: string,
  label: string,
  split: string | null = null,
  group: string | null = null,
) => ({
  line,
  fileName,
  label,
  split,
  group,
});

describe('a table of labels', () => {
  it('has files and labels, and splits and groups where it has them', async () => {
    expect(await read('file_name,label\na.jpg,cat\nb/c.jpg,dog\n')).toEqual({
      kind: 'csv',
      rows: [row(2, 'a.jpg', 'cat'), row(3, 'b/c.jpg', 'dog')],
      repeated: 0,
    });
    const full = 'label,note,Split,file_name,group\ncat,x,VAL,a.jpg,p1\ndog,,,b.jpg,\nfox,,Training,c.jpg,p2\n';
    expect((await read(full)).rows).toEqual([
      row(2, 'a.jpg', 'cat', 'validation', 'p1'),
      row(3, 'b.jpg', 'dog'),
      row(4, 'c.jpg', 'fox', 'train', 'p2'),
    ]);
  });

  it('may come with a byte order mark, CRLF, quotes, semicolons, tabs and blank lines', async () => {
    const rows = [row(2, 'a, b.jpg', 'the "cat"'), row(4, 'ü.jpg', 'dog')];
    expect((await read('\ufefffile_name,label\r\n"a, b.jpg","the ""cat"""\r\n\r\nü.jpg, dog \r\n')).rows).toEqual(rows);
    expect((await read('file_name;label\na, b.jpg;"the ""cat"""\n\nü.jpg;dog')).rows).toEqual(rows);
    expect((await read('file_name\tlabel\na, b.jpg\t"the ""cat"""\n\nü.jpg\tdog')).rows).toEqual(rows);
  });

  it('counts lines as an editor does, also after a cell of two lines', async () => {
    const { rows } = await read('file_name,label,note\na.jpg,cat,"one\ntwo"\nb.jpg,dog,x\n');
    expect(rows.map((found) => found.line)).toEqual([2, 4]);
  });

  it('is read from metadata.csv and metadata.jsonl', async () => {
    expect(await read('file_name,text,label\na.jpg,x,cat\n', 'metadata.csv')).toMatchObject({ kind: 'metadata' });
    const lines =
      '{"file_name": "a.jpg", "label": 3, "bbox": [1, 2]}\r\n\n{"label":"cat","file_name":"b.jpg","split":"test"}\n';
    expect(await read(lines, 'metadata.jsonl')).toEqual({
      kind: 'metadata',
      rows: [row(1, 'a.jpg', '3'), row(3, 'b.jpg', 'cat', 'test')],
      repeated: 0,
    });
  });

  it('is not misled by names that objects inherit', async () => {
    const line = '{"__proto__": {"label": "x"}, "file_name": "a.jpg", "constructor": 1, "label": "toString"}';
    expect((await read(line, 'metadata.jsonl')).rows).toEqual([row(1, 'a.jpg', 'toString')]);
    expect((await read('__proto__,file_name,label\nx,a.jpg,constructor\n')).rows).toEqual([
      row(2, 'a.jpg', 'constructor'),
    ]);
    expect(await problems('{"__proto__": {"label": "x"}, "file_name": "a.jpg"}', 'x.jsonl')).toHaveLength(1);
    expect(await problems('file_name,label,split\na.jpg,cat,constructor')).toHaveLength(1);
  });

  it('may say the same twice, but not contradict itself', async () => {
    expect(await read('file_name,label\na.jpg,cat\na.jpg,cat\n')).toMatchObject({ rows: { length: 1 }, repeated: 1 });
    expect(await problems('file_name,label,split,group\na.jpg,cat,train,\na.jpg,dog,test,g\n')).toEqual([
      'line 3: "a.jpg" has the label "dog", on line 2 it had "cat".',
      'line 3: "a.jpg" has the split "test", on line 2 it had "train".',
      'line 3: "a.jpg" has the group "g", on line 2 it had "none".',
    ]);
  });

  it('is refused with every line that is wrong', async () => {
    expect(await problems('file_name,label,split\na.jpg,,train\n,cat,train\nc.jpg,dog,holdout\n')).toEqual([
      'line 2: the label of "a.jpg" is empty.',
      'line 3: the file name is empty.',
      'line 4: the split "holdout" is unknown; use train, validation or test.',
    ]);
    expect(await problems('file_name,label\na.jpg\nb.jpg,cat,dog,x\n')).toEqual([
      'line 2: 1 cell, the header has 2.',
      'line 3: 4 cells, the header has 2.',
    ]);
    expect(await problems('{"file_name": "a.jpg", "label": null}\n', 'x.jsonl')).toEqual([
      'line 1: the label of "a.jpg" is empty.',
    ]);
    expect(await problems('{"a": 1}\n[1]\nnope\n', 'x.jsonl')).toEqual([
      'line 2: not a JSON object.',
      'line 3: not a JSON object.',
    ]);
  });

  it('is refused with labels that are no class names', async () => {
    const rule = 'a class name has 1 to 100 characters on one line, no control characters';
    expect(
      await problems(`file_name,label\na.jpg,"two\nlines"\nb.jpg,\u001b[2Jcat\nc.jpg,${'x'.repeat(300)}\n`),
    ).toEqual([
      `line 2: "two\\nlines" cannot be a label: ${rule}.`,
      `line 4: "\\u001b[2Jcat" cannot be a label: ${rule}.`,
      `line 5: "${'x'.repeat(40)}..." cannot be a label: ${rule}.`,
    ]);
  });

  it('is refused without its columns, naming those it has', async () => {
    const [problem] = await problems('name,label\na.jpg,cat\n');
    expect(problem).toContain('the column file_name is missing');
    expect(problem).toContain('"name", "label"');
    expect(await problems('a,b\n1,2\n')).toHaveLength(2);
    expect(await problems('file_name,label,label\na,b,c\n')).toEqual(['line 1: the column "label" is there twice.']);
  });

  it('is refused when it is empty', async () => {
    expect(await problems('')).toEqual(['it is empty.']);
    expect(await problems('file_name,label\n')).toEqual(['it has no rows.']);
    expect(await problems('\n\n', 'x.jsonl')).toEqual(['it has no rows.']);
  });

  it('is refused when its quotes do not match, naming the line', async () => {
    expect(await problems('file_name,label\na.jpg,cat\nb.jpg,"dog\n')).toEqual([
      expect.stringMatching(/^line [34]: a quotation mark is opened and never closed/),
    ]);
    expect(await problems('file_name,label\na.jpg,ca"t\n')).toEqual([
      expect.stringMatching(/^line 2: a quotation mark in/),
    ]);
    expect(await problems('file_name,label\na.jpg,"ca"t\n')).toEqual([expect.stringMatching(/^line 2: text after/)]);
  });

  it('is refused when it is not UTF-8, naming the line', async () => {
    const latin1 = Buffer.from('file_name,label\na.jpg,cat\nb.jpg,rené\n', 'latin1');
    expect(await problems(latin1)).toEqual([expect.stringMatching(/^line 3: not UTF-8/)]);
    expect(await problems(Buffer.from('\ufefffile_name,label\n', 'utf16le'))).toEqual([
      expect.stringContaining('UTF-16'),
    ]);
  });

  it('is refused by name when it is missing', async () => {
    const path = join(folder, 'none.csv');
    await expect(readLabelTable(path)).rejects.toMatchObject({ code: 'files.missing', data: { path } });
  });

  it('shows a dozen problems of many, and how many there are', async () => {
    const path = join(folder, 'labels.csv');
    await writeFile(path, `file_name,label\n${Array.from({ length: 40 }, (_, i) => `${i}.jpg,\n`).join('')}`);
    const error: unknown = await readLabelTable(path).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toMatch(/line 13:.*\n {2}and 28 more$/);
  });

  it('gives rows or an AppError for any bytes whatever', async () => {
    const path = join(folder, 'fuzz');
    const pieces = fc.constantFrom(
      'file_name',
      'label',
      ',',
      '\n',
      '"',
      '\r\n',
      ';',
      "'",
      '=',
      '{',
      '}',
      ':',
      'a.jpg',
      'é',
    );
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(pieces, { maxLength: 30 }).map((all) => Buffer.from(all.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(content, fc.boolean(), async (bytes, lines) => {
        const file = `${path}.${lines ? 'jsonl' : 'csv'}`;
        await writeFile(file, bytes);
        const result = await readLabelTable(file).catch((thrown: unknown) => thrown);
        if (result instanceof AppError) expect(result.code).toBe('labels.table');
        else expect((result as LabelTable).rows.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a written table', () => {
  it('reads back cell by cell, whatever the texts', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({
        unit: fc.constantFrom('=', '+', '-', '@', "'", '"', ',', '\t', '\r', '\n', ' ', 'a', '＝', '\ufeff'),
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }), (rows) => {
        // The first line decides on the delimiter.
        const lines = [['file_name', 'label'], ...rows].map(csvLine).join('');
        expect(
          parseCsv(lines, 'x')
            .slice(1)
            .map((found) => found.cells),
        ).toEqual(rows);
      }),
      { numRuns: 500 },
    );
  });

  it('does not let a cell start a formula, and leaves numbers and other apostrophes alone', () => {
    expect(csvLine(['=1+1', '+x', '-x', '@x', '\tx', "'s", 'a=b', "'=x", '＝x'])).toBe(
      "'=1+1,'+x,'-x,'@x,'\tx,'s,a=b,''=x,'＝x\n",
    );
    expect(csvLine([-0.25, 1e-7, null, 'x'])).toBe('-0.25,1e-7,,x\n');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('=', '-', "'", 'a', '\r', '＠') }), (text) => {
        expect(neutralise(text)).not.toMatch(/^[=+\-@\t\r]/);
        expect(restore(neutralise(text))).toBe(text);
      }),
    );
  });

  it('appears whole, with every row', async () => {
    const path = join(folder, 'out.csv');
    const rows = Array.from({ length: 20_000 }, (_, i) => [`${i}.jpg`, 'a "b"', i / 7]);
    await writeCsv(path, ['file_name', 'label', 'p'], rows);
    const text = await readFile(path, 'utf8');
    expect(text.startsWith('file_name,label,p\n0.jpg,"a ""b""",0\n')).toBe(true);
    const cells = parseCsv(text, path).map((found) => found.cells);
    expect(cells).toHaveLength(20_001);
    expect(cells[20_000]).toEqual(['19999.jpg', 'a "b"', String(19999 / 7)]);
    expect(await readdir(folder)).toEqual(['out.csv']);
  });
});
