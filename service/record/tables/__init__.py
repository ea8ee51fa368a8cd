"""SQL by table. The only place that reads or writes rows."""
