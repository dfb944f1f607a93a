"""The federated engine: data, models, training, aggregation, attacks, rounds."""
