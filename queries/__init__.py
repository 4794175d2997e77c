"""What asks: one function a question, with its shapes beside it; a folder for each field of questions. Nothing is written."""
