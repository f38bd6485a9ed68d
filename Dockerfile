# docker build -t distillery . && docker run -p 8501:8501 -v distillery:/kept distillery
# The README's own commands. Not tried yet: there was no Docker where it was written.
FROM python:3.13-slim
RUN useradd learner && install -d -o learner /kept
WORKDIR /distillery
COPY requirements.txt requirements-cpu.txt ./
RUN pip install --no-cache-dir -r requirements-cpu.txt
COPY . .
USER learner
ENV DISTILLERY_HOME=/kept
VOLUME /kept
EXPOSE 8501
CMD ["python", "-m", "streamlit", "run", "streamlit_app.py", "--server.address", "0.0.0.0"]
