"""What a picture shows, before anything is drawn: boxes, arrows, frames, labels."""
