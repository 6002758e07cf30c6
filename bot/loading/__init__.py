"""What jobs and listeners both ask: loaded from the snapshots, and analysed."""
