"""What several tests need: a browser, the built site, small networks and hand-ins."""
