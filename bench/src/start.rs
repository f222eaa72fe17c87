//! From the start of the process to its first answer, and the memory it then needs.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::figure::{Figure, Goal, Reporter};
use crate::machine::{memory, moment};
use crate::server::{Server, Start};
use crate::{Effort, Result, house};

/// How long the process has nothing to do before its memory counts as idle.
const IDLE: Duration = Duration::from_secs(5);

/// Asks for a page until it is there; the socket is bound early, so the first request waits inside the server.
async fn first_answer(server: &Server, path: &str) -> Result<()> {
    let begin = moment();
    let mut stream = loop {
        match TcpStream::connect(server.address).await {
            Ok(stream) => break stream,
            Err(_) if begin.elapsed() < Duration::from_secs(30) => tokio::time::sleep(Duration::from_micros(500)).await,
            Err(error) => return Err(error.into()),
        }
    };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        server.address
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    if answer.starts_with(b"HTTP/1.1 200") {
        Ok(())
    } else {
        Err("the first answer was not 200".into())
    }
}

pub async fn run(report: &Reporter, effort: Effort) -> Result<()> {
    for database in house::databases().await {
        let engine = database.engine();
        let data = database.folder().join("data");
        std::fs::create_dir_all(&data)?;
        let start = Start {
            data: &data,
            database: database.url(),
            workers: 1,
            seeded: true,
            directory: None,
        };
        // An existing database with two cases and their notices.
        let server = Server::start(&start).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        server.stop().await?;

        let mut times = Vec::new();
        let mut idle = Vec::new();
        for run in 0..effort.of(10, 2) {
            let begin = moment();
            let server = Server::spawn(&start)?;
            first_answer(&server, "/").await?;
            times.push(begin.elapsed().as_secs_f64() * 1e3);
            if run < effort.of(3, 1) {
                tokio::time::sleep(IDLE).await;
                idle.push(memory(&server.process())?);
            }
            server.stop().await?;
        }
        let figure = Figure::new("start", "process start to first page", "ms", times);
        report.add(figure.on(engine).goal(Goal::AtMost(200.0)));
        let resident = idle.iter().map(|memory| memory.resident).collect();
        let figure = Figure::new("start", "idle memory after 5 s, resident", "MB", resident);
        report.add(figure.on(engine).goal(Goal::AtMost(80.0)));
        let own = idle.iter().map(|memory| memory.own).collect();
        report.add(Figure::new("start", "of which not pages of the program file", "MB", own).on(engine));
    }
    Ok(())
}
