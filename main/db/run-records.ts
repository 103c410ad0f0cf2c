/** What a run brings along and leaves behind, row by row: samples, metrics, predictions, checkpoints. */
import { contentHash, photoId } from '#app/domain/id-of.ts';
import type { RunId } from '#app/domain/ids.ts';
import type { Subset } from '#app/domain/run-config.ts';
import type { Checkpoint, Evaluation, RecordedMetric, RunPrediction, RunSample } from '#app/domain/run.ts';
import type { RunRepository } from '#app/ports/repositories.ts';
import type { Connection, SqlValue } from './connection.ts';
import { packFloats, unpackFloats } from './floats.ts';

interface SampleRow {
  readonly photo_id: number;
  readonly content_hash: Uint8Array;
  readonly bytes: number;
  readonly label: number;
  readonly subset: Subset;
}

interface MetricRow {
  readonly epoch: number;
  readonly train_loss: number | null;
  readonly learning_rate: number | null;
  readonly validation_loss: number | null;
  readonly validation_accuracy: number | null;
  readonly validation_macro_f1: number | null;
  readonly images_per_second: number | null;
  readonly rss_bytes: number;
  readonly at: number;
}

interface PredictionRow {
  readonly photo_id: number;
  readonly network: RunPrediction['by'];
  readonly subset: Subset;
  readonly label: number;
  readonly logits: Uint8Array;
}

interface CheckpointRow {
  readonly epoch: number;
  readonly step: number;
  readonly path: string;
  readonly at: number;
}

function validationOf(row: MetricRow): Evaluation | null {
  const { validation_loss: loss, validation_accuracy: accuracy, validation_macro_f1: macroF1 } = row;
  return loss === null || accuracy === null || macroF1 === null ? null : { loss, accuracy, macroF1 };
}

function metricFromRow(row: MetricRow): RecordedMetric {
  return {
    epoch: row.epoch,
    trainLoss: row.train_loss,
    learningRate: row.learning_rate,
    validation: validationOf(row),
    imagesPerSecond: row.images_per_second,
    rssBytes: row.rss_bytes,
    at: row.at,
  };
}

type RunRecords = Pick<
  RunRepository,
  | 'samples'
  | 'recordMetrics'
  | 'metrics'
  | 'recordPredictions'
  | 'predictions'
  | 'recordCheckpoint'
  | 'latestCheckpoint'
> & { readonly insertSamples: (id: RunId, samples: readonly RunSample[]) => void };

/** Times come from `now`; `assertExists` throws for a run that is not there. */
export function runRecords(db: Connection, now: () => number, assertExists: (id: RunId) => void): RunRecords {
  const insertSample = db.prepare<SqlValue[]>(
    `INSERT INTO run_samples (run_id, position, photo_id, content_hash, bytes, label, subset)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const samplesOf = db.prepare<[number], SampleRow>(
    'SELECT photo_id, content_hash, bytes, label, subset FROM run_samples WHERE run_id = ? ORDER BY position',
  );
  const upsertMetric = db.prepare<SqlValue[]>(
    `INSERT OR REPLACE INTO run_metrics (run_id, epoch, train_loss, learning_rate, validation_loss,
       validation_accuracy, validation_macro_f1, images_per_second, rss_bytes, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const metricsOf = db.prepare<[number], MetricRow>('SELECT * FROM run_metrics WHERE run_id = ? ORDER BY epoch');
  const clearPredictions = db.prepare<[number]>('DELETE FROM run_predictions WHERE run_id = ?');
  const insertPrediction = db.prepare<SqlValue[]>(
    'INSERT INTO run_predictions (run_id, network, photo_id, subset, label, logits) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const predictionsOf = db.prepare<[number, RunPrediction['by']], PredictionRow>(
    `SELECT photo_id, network, subset, label, logits FROM run_predictions
     WHERE run_id = ? AND network = ? ORDER BY photo_id`,
  );
  const insertCheckpoint = db.prepare<[number, number, number, string, number]>(
    'INSERT INTO checkpoints (run_id, epoch, step, path, at) VALUES (?, ?, ?, ?, ?)',
  );
  const newestCheckpoint = db.prepare<[number], CheckpointRow>(
    'SELECT epoch, step, path, at FROM checkpoints WHERE run_id = ? ORDER BY id DESC LIMIT 1',
  );

  return {
    insertSamples: (id, samples) => {
      samples.forEach((sample, position) => {
        const hash = Buffer.from(sample.contentHash, 'hex');
        insertSample.run(id, position, sample.photoId, hash, sample.bytes, sample.label, sample.subset);
      });
    },
    samples: (id) =>
      samplesOf.all(id).map((row) => ({
        photoId: photoId(row.photo_id),
        contentHash: contentHash(Buffer.from(row.content_hash).toString('hex')),
        bytes: row.bytes,
        label: row.label,
        subset: row.subset,
      })),
    recordMetrics: (id, metrics) =>
      db.transaction(() => {
        assertExists(id);
        return metrics.map((metric): RecordedMetric => {
          const at = now();
          upsertMetric.run(
            id,
            metric.epoch,
            metric.trainLoss,
            metric.learningRate,
            metric.validation?.loss ?? null,
            metric.validation?.accuracy ?? null,
            metric.validation?.macroF1 ?? null,
            metric.imagesPerSecond,
            metric.rssBytes,
            at,
          );
          return { ...metric, at };
        });
      }),
    metrics: (id) => metricsOf.all(id).map(metricFromRow),
    recordPredictions: (id, predictions) =>
      db.transaction(() => {
        assertExists(id);
        clearPredictions.run(id);
        for (const { by, photoId: photo, subset, label, logits } of predictions) {
          insertPrediction.run(id, by, photo, subset, label, packFloats(logits));
        }
      }),
    predictions: (id, by) =>
      predictionsOf.all(id, by).map((row) => ({
        photoId: photoId(row.photo_id),
        by: row.network,
        subset: row.subset,
        label: row.label,
        logits: unpackFloats(row.logits),
      })),
    recordCheckpoint: (id, checkpoint) =>
      db.transaction((): Checkpoint => {
        assertExists(id);
        const at = now();
        insertCheckpoint.run(id, checkpoint.epoch, checkpoint.step, checkpoint.path, at);
        return { ...checkpoint, runId: id, at };
      }),
    latestCheckpoint: (id) => {
      const row = newestCheckpoint.get(id);
      return row ? { runId: id, ...row } : null;
    },
  };
}
