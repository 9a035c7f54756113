"""Where boxes and arrows stand: a layered layout that knows sizes and nothing of trees."""
