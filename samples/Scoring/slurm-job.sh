#!/usr/bin/env bash
# Four tasks score one folder together: sbatch slurm-job.sh
# A single one again: sbatch --array=2 slurm-job.sh
#SBATCH --job-name=scoring
#SBATCH --array=0-3
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --time=12:00:00
#SBATCH --requeue
#SBATCH --signal=TERM@60
set -euo pipefail

# ./app is what "dotnet publish samples/Scoring -c Release -r linux-x64 --self-contained -p:GssDevice=none -o app" writes.
# Which shard this is comes in SLURM_ARRAY_TASK_ID. Exit code 3: some photographs could not be scored, failed-I-of-4.csv lists them.
exec srun ./app/Scoring --model street.zip --images photos --output scored --shards 4 --threads "${SLURM_CPUS_PER_TASK:-1}"
