//! smoke
#![allow(clippy::unwrap_used)]
use wegfrei_store::testing;
#[tokio::test]
async fn opens() {
    for i in 0..5 {
        let t = std::time::Instant::now();
        let s = testing::stores().await;
        let a = t.elapsed();
        for s in &s {
            s.migrate(&[]).await.unwrap();
            assert!(s.is_migrated(&[]).await.unwrap());
        }
        let b = t.elapsed();
        drop(s);
        eprintln!("{i} create {a:?} migrate {b:?} drop {:?}", t.elapsed());
    }
}
