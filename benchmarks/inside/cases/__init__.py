"""The app, the views and the settings with which ``benchmarks.request`` measures what a request costs, beside peers."""
